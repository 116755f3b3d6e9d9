## Before the inline functions of a header.
% if shadows:

/* Types of the IDL have the names of parameters here; they are meant only behind struct or enum. */
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
% endif
