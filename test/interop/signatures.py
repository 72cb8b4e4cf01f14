"""The parameters of the SageMaker Python SDK's Estimators, `fit()` and inputs, by the headings of our table of options."""

import inspect
import json
import sys

from sagemaker.algorithm import AlgorithmEstimator
from sagemaker.estimator import Estimator, EstimatorBase, Framework
from sagemaker.inputs import FileSystemInput, TrainingInput


def parameters(*functions):
    return sorted({name for function in functions for name in inspect.signature(function).parameters} - {"self"})


CONSTRUCTORS = parameters(
    *(kind.__init__ for kind in (Estimator, EstimatorBase, Framework, AlgorithmEstimator))
)
NAMES = {
    "The job": CONSTRUCTORS,
    "Machines and times": CONSTRUCTORS,
    "Code that is not in the image": CONSTRUCTORS,
    "Debugger, profiler and TensorBoard": CONSTRUCTORS,
    "fit() and plan()": parameters(EstimatorBase.fit),
    "TrainingInput": parameters(TrainingInput.__init__),
    "FileSystemInput": parameters(FileSystemInput.__init__),
}

for line in sys.stdin:
    print(json.dumps({"names": NAMES[json.loads(line)]}), flush=True)
