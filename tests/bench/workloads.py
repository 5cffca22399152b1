"""All workloads by name, in the order in which they are run."""

from __future__ import annotations

import bulk
import small
from workload import Workload

ALL: dict[str, Workload] = {**bulk.WORKLOADS, **small.WORKLOADS}
