"""Up: the whole of choucha on one machine, under one process manager, on embedded defaults."""

from pipelines.up.run import up

__all__ = ["up"]
