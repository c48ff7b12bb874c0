"""Pictures as Mermaid flowcharts."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import HealthCheck, given, settings

from asl.definition.outline import outline
from asl.graph import Overlay, mermaid
from tests.asl.graph.conftest import any_graph

QUOTED = re.compile(r'"[^"<>`\\#]*"')
LINE = re.compile(
    r' *(\w+(\(""\)|\(\(""\)\)|\(\(\(""\)\)\)|\(\[""\]\)|\{\{""\}\})'
    r'|subgraph \w+ \[""\]|end|\w+ (-->|-\.->)(\|""\|)? \w+)'
)


def test_states_and_transitions_are_told_with_their_texts() -> None:
    definition = {
        "StartAt": "Ask",
        "States": {
            "Ask": {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericGreaterThan": 3, "Next": "Each"}]},
            "Each": {
                "Type": "Map",
                "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": True}}},
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}],
                "End": True,
            },
            "Broken": {"Type": "Fail", "Error": "Broken"},
        },
    }
    overlay = Overlay({"/States/Ask": "succeeded", "/States/Ask/Choices/0/Next": "taken"}, {"/States/Ask": "2 visits"})
    assert mermaid(outline(definition), title="orders", overlay=overlay).splitlines() == [
        "flowchart TD",
        "accTitle: orders",
        '  start1((" "))',
        '  s2{{"Ask<br/>Choice<br/>2 visits"}}',
        '  subgraph s3 ["Each, Map"]',
        '    start5((" "))',
        '    s6("One<br/>Pass")',
        '    stop5(((" ")))',
        "    start5 --> s6",
        "    s6 --> stop5",
        "  end",
        '  s4(["Broken<br/>Fail Broken"])',
        '  stop1(((" ")))',
        "  start1 --> s2",
        '  s2 -->|"$.n &gt; 3"| s3',
        "  s3 --> stop1",
        '  s3 -.->|"States.ALL"| s4',
        "  classDef succeeded stroke:#1a7f37,fill:#dafbe1,color:#1f2328",
        "  class s2 succeeded",
        "  linkStyle 3 stroke-width:3px",
    ]


def test_what_means_something_to_mermaid_or_html_is_told_by_name() -> None:
    odd = 'a "b" <i> & `c` \\n #35; $$.x'
    definition = {"StartAt": odd, "States": {odd: {"Type": "Succeed"}}}
    text = mermaid(outline(definition), title='my "title"; #1')
    assert "accTitle: my title 1\n" in text
    assert '"a &quot;b&quot; &lt;i&gt; &amp; &grave;c&grave; &bsol;n &num;35; $\u2060$.x<br/>Succeed"' in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_graph())
def test_no_text_of_a_definition_breaks_out_of_its_quotes(definition: Any) -> None:
    lines = mermaid(outline(definition), title="any").splitlines()
    for line in lines[2:]:
        assert LINE.fullmatch(QUOTED.sub('""', line.replace("<br/>", " "))), line
