/* Marks what a shared library shows; everything else is built hidden. */
#pragma once

#if defined(__GNUC__)
#define QRY_EXPORT __attribute__((visibility("default")))
#else
#define QRY_EXPORT
#endif
