"""The two sample applications that the parity tests look at."""

from tests.support.parity_samples import samples

__all__ = ["samples"]
