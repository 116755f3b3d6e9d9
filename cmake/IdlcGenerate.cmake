# idlc_generate(): filled in by the build area.
