/* The version of the plugin ABI, and the magic that marks a plugin.
 *
 * A host that speaks major.minor loads every plugin of the same major, whatever its minor: tables
 * only grow at their end and carry their own size (see ABI.md). Another major is refused before
 * any code of the plugin runs, and the refusal names both versions.
 */
#pragma once

#include <stdint.h>

/* 1.0 is a draft until the first release says otherwise; see CHANGELOG.md. */
#define QRY_ABI_MAJOR 1
#define QRY_ABI_MINOR 0

/* "QRYPLUG1" in memory order on a little-endian machine. A big-endian reading of the same bytes
 * differs, so a plugin for another byte order fails the first comparison. */
#define QRY_PLUGIN_MAGIC UINT64_C(0x3147554C50595251)

/* Batches stay below both; see qry_session_verbs.next. */
#define QRY_BATCH_MAX_ROWS 65536
#define QRY_BATCH_MAX_BYTES (8 * 1024 * 1024)
