"""Who may do what where."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.policy import Actor, Denial, People, Policy

ALICE, BOB, CAROL = (Actor(name, "T1", "C1") for name in ("UALICE", "UBOB", "UCAROL"))
OTHER_WORKSPACE = Actor("UALICE", "T2", "C1")
ELSEWHERE = Actor("UALICE", "T1", "C2")
POLICY = Policy(
    team_id="T1",
    viewers=People(everybody=True),
    deleters=People(frozenset({"UALICE", "UBOB"})),
    channels=frozenset({"C1"}),
)
TWO = Policy(team_id="T1", viewers=POLICY.deleters, deleters=POLICY.deleters, second_person=True)
BLIND = Policy(team_id="T1", viewers=People(frozenset({"UBOB", "UCAROL"})), deleters=POLICY.deleters)
IDS = ["UALICE", "UBOB", "UCAROL"]
GROUPS = st.builds(People, st.frozensets(st.sampled_from(IDS))) | st.just(People(everybody=True))
OFF = Policy(team_id="T1", viewers=People(everybody=True), deleters=People())


@pytest.mark.parametrize(
    ("policy", "actor", "denial"),
    [
        (POLICY, CAROL, None),
        (POLICY, OTHER_WORKSPACE, Denial.OTHER_WORKSPACE),
        (POLICY, ELSEWHERE, Denial.WRONG_CHANNEL),
        (POLICY, Actor("UALICE", "", "C1"), Denial.OTHER_WORKSPACE),
        (replace(POLICY, team_id=""), Actor("UALICE", "", "C1"), Denial.OTHER_WORKSPACE),
        (TWO, CAROL, Denial.NOT_A_VIEWER),
    ],
)
def test_who_may_look(policy: Policy, actor: Actor, denial: Denial | None) -> None:
    assert policy.view(actor) is denial


@pytest.mark.parametrize(
    ("policy", "actor", "denial"),
    [
        (POLICY, ALICE, None),
        (POLICY, CAROL, Denial.NOT_A_DELETER),
        (POLICY, OTHER_WORKSPACE, Denial.OTHER_WORKSPACE),
        (POLICY, ELSEWHERE, Denial.WRONG_CHANNEL),
        (OFF, ALICE, Denial.DELETION_OFF),
        (BLIND, ALICE, Denial.NOT_A_VIEWER),
        (BLIND, BOB, None),
        (BLIND, CAROL, Denial.NOT_A_DELETER),
    ],
)
def test_who_may_ask_for_a_deletion(policy: Policy, actor: Actor, denial: Denial | None) -> None:
    assert policy.ask_to_delete(actor) is denial


@pytest.mark.parametrize(
    ("policy", "actor", "denial"),
    [
        (POLICY, ALICE, None),
        (POLICY, BOB, Denial.NOT_THE_REQUESTER),
        (POLICY, CAROL, Denial.NOT_A_DELETER),
        (POLICY, OTHER_WORKSPACE, Denial.OTHER_WORKSPACE),
        (TWO, ALICE, Denial.SAME_PERSON),
        (TWO, BOB, None),
        (TWO, CAROL, Denial.NOT_A_DELETER),
        (OFF, ALICE, Denial.DELETION_OFF),
        (BLIND, ALICE, Denial.NOT_A_VIEWER),
        (BLIND, BOB, Denial.NOT_THE_REQUESTER),
    ],
)
def test_who_may_confirm_what_alice_asked_for(policy: Policy, actor: Actor, denial: Denial | None) -> None:
    assert policy.confirm(actor, requester="UALICE") is denial


@pytest.mark.parametrize(
    ("policy", "actor", "denial"),
    [(POLICY, ALICE, None), (POLICY, BOB, None), (POLICY, CAROL, Denial.NOT_A_DELETER), (OFF, ALICE, None)],
)
def test_who_may_cancel_what_alice_asked_for(policy: Policy, actor: Actor, denial: Denial | None) -> None:
    assert policy.cancel(actor, requester="UALICE") is denial


@given(
    st.builds(
        Policy,
        team_id=st.sampled_from(["", "T1"]),
        viewers=GROUPS,
        deleters=GROUPS,
        channels=st.frozensets(st.sampled_from(["C1", "C2"])),
        second_person=st.booleans(),
    ),
    st.builds(Actor, st.sampled_from(IDS), st.sampled_from(["", "T1", "T2"]), st.sampled_from(["", "C1"])),
    st.sampled_from(IDS),
)
def test_nobody_deletes_what_they_may_not_see(policy: Policy, actor: Actor, requester: str) -> None:
    if policy.view(actor):
        assert policy.ask_to_delete(actor)
        assert policy.confirm(actor, requester=requester)


@pytest.mark.parametrize(
    ("policy", "actor", "reads"),
    [(POLICY, CAROL, True), (POLICY, ELSEWHERE, True), (POLICY, OTHER_WORKSPACE, False), (BLIND, ALICE, False)],
)
def test_who_may_be_sent_a_tickets_text_wherever_they_are(policy: Policy, actor: Actor, reads: bool) -> None:  # noqa: FBT001
    assert policy.read(actor) is reads


def test_every_member_may_check_what_became_of_a_deletion() -> None:
    assert POLICY.check(CAROL) is None
    assert POLICY.check(ELSEWHERE) is None
    assert POLICY.check(OTHER_WORKSPACE) is Denial.OTHER_WORKSPACE
