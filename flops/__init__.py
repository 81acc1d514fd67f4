"""What each module of a model costs, from its shapes alone: no weights, no torch.

>>> from evtp.flops import count
>>> count("instructseg", dataset="revos", keep=0.1, accounting="paper").total
1160774577408
"""

from .count import count
from .forward_pass import Count
from .spec import load_model, model_names
from .workload import Dataset, Workload, datasets

__all__ = ["Count", "Dataset", "Workload", "count", "datasets", "load_model", "model_names"]
