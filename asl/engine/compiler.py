"""Definition -> flows that run. Every path, template and expression is compiled here, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asl.definition import model
from asl.definition.model import QueryLanguage as Language
from asl.engine.flow import CompiledFlow
from asl.engine.query_language import JSONATA, JSONPATH
from asl.engine.states.choice_state import CompiledChoice
from asl.engine.states.distributed_map_state import CompiledDistributedMap
from asl.engine.states.fail_state import CompiledFail
from asl.engine.states.map_state import CompiledMap
from asl.engine.states.parallel_state import CompiledParallel
from asl.engine.states.pass_state import CompiledPass
from asl.engine.states.succeed_state import CompiledSucceed
from asl.engine.states.task_state import CompiledTask
from asl.engine.states.wait_state import CompiledWait

if TYPE_CHECKING:
    from asl.engine.query_language import QueryLanguage
    from asl.engine.states.state import CompiledState
    from asl.integrations import Integrations


def compile_flow(flow: model.Flow, integrations: Integrations) -> CompiledFlow:
    """Compile a state machine, a branch or an item processor.

    Raises:
        ExpressionError: an expression of the definition cannot be compiled.
        UnsupportedResource: a Task state's resource is none that the engine has an integration for.
    """
    return CompiledFlow(
        flow.start_at,
        {name: compile_state(state, language_of(state), integrations) for name, state in flow.states.items()},
    )


def language_of(state: model.State) -> QueryLanguage:
    """What compiles the expressions of a state."""
    return JSONATA if state.query_language is Language.JSONATA else JSONPATH


def compile_state(state: model.State, language: QueryLanguage, integrations: Integrations) -> CompiledState:
    """Compile one state, its own expressions with `language`; raises what `compile_flow` raises."""
    match state:
        case model.PassState():
            return CompiledPass(state, language)
        case model.TaskState():
            return CompiledTask(state, language, integrations)
        case model.ChoiceState():
            return CompiledChoice(state, language)
        case model.WaitState():
            return CompiledWait(state, language)
        case model.SucceedState():
            return CompiledSucceed(state, language)
        case model.FailState():
            return CompiledFail(state, language)
        case model.ParallelState():
            branches = [compile_flow(branch, integrations) for branch in state.branches]
            return CompiledParallel(state, language, branches)
        case model.MapState():
            compiled = CompiledDistributedMap if state.distributed else CompiledMap
            return compiled(state, language, compile_flow(state.processor, integrations))
    raise TypeError(f"no such state type: {type(state).__name__}")
