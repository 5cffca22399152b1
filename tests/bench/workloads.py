"""All workloads by name, in the order in which they are run."""

from __future__ import annotations

import bulk
import cold
import pool
import rows
import small
import stream
from workload import Workload

ALL: dict[str, Workload] = {
    name: workload
    for module in (bulk, rows, stream, small, pool, cold)
    for name, workload in module.WORKLOADS.items()
}
