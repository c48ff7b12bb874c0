"""Lambda on this machine: functions run on AWS's own runtime client, in processes that stay warm.

Host            pools of execution environments, one pool for each configuration of a function
└── Environment a process that runs `bootstrap.py`, and the Runtime API that it asks for invocations
"""
