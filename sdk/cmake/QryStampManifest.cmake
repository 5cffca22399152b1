# Copies a manifest beside its library and writes the library's SHA-256 into it, in place of the
# empty digest that the source manifest states for it.
file(SHA256 ${LIBRARY} digest)
file(READ ${MANIFEST} text)
string(REPLACE "\"sha256\": \"\"" "\"sha256\": \"${digest}\"" text "${text}")
file(WRITE ${OUT} "${text}")
