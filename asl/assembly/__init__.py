"""The state machines and functions of a synthesized cloud assembly, the folder that `cdk synth` writes.

    assembly = read_assembly(Path("cdk.out"))
    machine = assembly.state_machine("email-campaign")
    machine.definition    # its text, with a name or an ARN in every place where the template has a token
    assembly.function(arn).handler

Only the files are read: no CDK, no AWS. https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-cloud-assembly
"""

from asl.assembly.assembly import Assembly, Function, StateMachineResource, read_assembly
from asl.assembly.errors import AssemblyError

__all__ = ["Assembly", "AssemblyError", "Function", "StateMachineResource", "read_assembly"]
