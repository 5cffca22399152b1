"""All workloads by name, in the order in which they are run."""

from __future__ import annotations

import bulk
import cold
import pool
import room
import rows
import schema
import slow
import small
import stream
from workload import Workload

ALL: dict[str, Workload] = {
    name: workload
    for module in (bulk, rows, stream, small, pool, slow, schema, cold, room)
    for name, workload in module.WORKLOADS.items()
}
