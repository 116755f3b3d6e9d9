## Behind the includes of a .c file.
% if shadows:

/* Types of the IDL have the names of variables here; they are meant only behind struct or enum. */
#if defined(__GNUC__)
#pragma GCC diagnostic ignored "-Wshadow"
#endif
% endif
