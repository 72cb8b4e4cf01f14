"""AWS's plugin for MLflow, for programs that MLflow's own environments run: it lies in a folder of its own, since it takes part in each
MLflow that it is installed beside."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / ".cache" / "interop" / "sagemaker-mlflow"))
