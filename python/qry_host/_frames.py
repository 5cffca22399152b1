"""Arrow data to the libraries that people work with; imported only when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ._errors import Unsupported


def _need(package: str, method: str) -> Any:
    try:
        return import_module(package)
    except ImportError as reason:
        raise Unsupported(
            f"{method}() needs the package '{package}', which cannot be imported: {reason}",
            hint=f"pip install {package}",
        ) from reason


def to_arrow(source: Any, method: str = "to_arrow") -> Any:
    """source has __arrow_c_stream__; a pyarrow.Table over the same memory."""
    pyarrow = _need("pyarrow", method)
    return pyarrow.RecordBatchReader.from_stream(source).read_all()


def to_polars(source: Any) -> Any:
    polars = _need("polars", "to_polars")
    return polars.DataFrame(source)


def to_pandas(source: Any) -> Any:
    _need("pandas", "to_pandas")
    return to_arrow(source, "to_pandas").to_pandas()
