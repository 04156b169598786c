"""What `@alliance_sim.policy` is given: a function or an agent's class is taken, else one sentence says what to do."""

import functools
import operator

import pytest

import alliance_sim
from alliance_sim.errors import PolicyError
from alliance_sim.laws import shifts
from alliance_sim.model.policies import own
from alliance_sim.model.policies.reading import NO_NAMES
from alliance_sim.trial import Clinician

# Each makes something that is no policy, and what its refusal says besides.
WHAT = {}


def case(said):
    """Remember a case under the name of the function that makes it."""

    def keep(make):
        WHAT[make.__name__] = (make, said)
        return make

    return keep


@case("made of the lambda; write def")
def a_lambda():
    return lambda seen, p: shifts()


@case("made of the async function f; write def")
def an_async_function():
    async def f(seen, p):
        return shifts()

    return f


@case("made of the async function f; write def")
def an_async_generator():
    async def f(seen, p):
        yield shifts()

    return f


@case("made of the generator f; write def")
def a_generator():
    def f(seen, p):
        yield shifts()

    return f


@case("a method; write def")
def a_bound_method():
    class Holder:
        def f(self, seen, p):
            return shifts()

    return Holder().f


@case("a partial; write def")
def a_partial():
    def f(seen, p, q):
        return shifts()

    return functools.partial(f, q=1)


@case("a builtin_function_or_method; write def")
def a_function_of_c():
    return operator.add


@case("a Holder; write def")
def an_object_that_can_be_called():
    class Holder:
        def __call__(self, seen, p):
            return shifts()

    return Holder()


@case("'calm_frame', a str; write def")
def a_name():
    return "calm_frame"


@case("None, a NoneType; write def")
def nothing():
    return None


@case("another decorator")
def a_static_method():
    def f(seen, p):
        return shifts()

    return staticmethod(f)


@case("another decorator")
def a_function_wrapped_by_hand():
    def f(seen, p):
        return shifts()

    @functools.wraps(f)
    def other(*given):
        return shifts(empathy=1.0)

    return other


@case("takes other arguments")
def a_function_of_any_arguments():
    def f(*given):
        return shifts()

    return f


@case("takes other arguments")
def a_function_with_a_default():
    def f(seen, p=None):
        return shifts()

    return f


@case("takes other arguments")
def a_function_with_a_key():
    def f(seen, p, *, more=0.1):
        return shifts(empathy=more)

    return f


@case("holds more, which is none of its arguments")
def a_closure():
    more = 0.1

    def f(seen, p):
        return shifts(empathy=more)

    return f


@case("calls later, which is no law")
def a_closure_of_what_comes_later():
    def f(seen, p):
        return later(seen, p)

    made = f
    if made is None:
        later = None
    return made


@case("calls f, which is no law")
def a_function_that_calls_itself():
    def f(seen, p):
        return f(seen, p)

    return f


@case("cannot be read")
def a_function_without_text():
    scope = {}
    exec("def f(seen, p):\n    return 0", scope)
    return scope["f"]


@case("f is a class that is no subclass of Clinician; write class f(alliance_sim.trial.Clinician)")
def a_class_with_choose():
    class f:  # noqa: N801
        def choose(self, seen):
            return shifts()

    return f


@case("is a class that is no subclass of Clinician")
def a_class_without_choose():
    return dict


@case("is a class that is no subclass of Clinician")
def the_clinician_itself():
    return Clinician


@case("f has no choose of its own; write def choose(self, seen)")
def an_agent_that_chooses_as_any_other():
    return type("f", (Clinician,), {})


@case("f has no choose of its own")
def an_agent_that_inherits_its_choice():
    class Other(Clinician):
        def choose(self, seen):
            return shifts()

    return type("f", (Other,), {})


def agent(choose):
    """An agent's class with a choice of its own."""
    return type("f", (Clinician,), {"choose": choose})


@case("f has a choose(self) that takes something else")
def an_agent_that_sees_nothing():
    def choose(self):
        return shifts()

    return agent(choose)


@case("f has a choose(self, seen, p) that takes something else")
def an_agent_that_wants_the_numbers():
    def choose(self, seen, p):
        return shifts()

    return agent(choose)


@case("f has a choose(self, *, seen) that takes something else")
def an_agent_that_sees_by_name():
    def choose(self, *, seen):
        return shifts()

    return agent(choose)


@case("f has a choose that is an async function")
def an_agent_that_lets_wait():
    async def choose(self, seen):
        return shifts()

    return agent(choose)


@case("f has a choose that is a generator")
def an_agent_that_goes_on():
    def choose(self, seen):
        yield shifts()

    return agent(choose)


@case("f has a choose that is a lambda")
def an_agent_with_a_lambda():
    return agent(lambda self, seen: shifts())


@case("f has a choose that is a staticmethod")
def an_agent_with_a_static_choice():
    return agent(staticmethod(lambda seen: shifts()))


@case("f has a choose that is a property")
def an_agent_with_a_property():
    return agent(property(lambda self: shifts()))


@case("f has a choose that is a Behaviours")
def an_agent_with_a_value():
    return agent(shifts())


@pytest.mark.parametrize(("make", "said"), WHAT.values(), ids=WHAT)
def test_what_is_no_policy_is_refused_in_one_sentence(make, said):
    known = dict(own.KNOWN)
    with pytest.raises(PolicyError) as refused:
        alliance_sim.policy(make())
    message = str(refused.value)
    assert said in message
    assert "\n" not in message
    assert message.endswith((".", "…"))
    assert known == own.KNOWN


class Usual(Clinician):
    def choose(self, seen):
        return super().choose(seen)


class UsualAgain(Usual):
    def choose(self, seen, *more, least=0.0):
        return super().choose(seen)


@pytest.mark.parametrize("agent", [Usual, UsualAgain])
def test_an_agent_with_a_choice_of_its_own_is_taken(agent, monkeypatch):
    monkeypatch.setattr(own, "KNOWN", {})
    assert alliance_sim.policy(agent) is agent
    assert own.KNOWN[agent.__name__].text.startswith(f"class {agent.__name__}(")


def test_a_policy_that_was_made_is_taken_again(monkeypatch):
    monkeypatch.setattr(own, "KNOWN", {})

    @alliance_sim.policy
    @alliance_sim.policy
    def twice(seen, p):
        """Nothing."""
        return shifts()

    assert own.KNOWN["twice"].text == 'def twice(seen, p):\n    """Nothing."""\n    return shifts()'
    assert alliance_sim.policy(twice) is twice


def test_the_innermost_function_of_a_name_is_the_one_that_is_read():
    def f(more):
        @alliance_sim.policy
        def f(seen, p):
            return shifts(empathy=0.1)

        return f

    made = f(None)
    assert own.KNOWN.pop("f").text == "def f(seen, p):\n    return shifts(empathy=0.1)"
    assert made(None, None).empathy == 0.1


@pytest.mark.parametrize("name", sorted({*NO_NAMES, "Inf", "No", "usual", "exp", "Behaviours"} - {"true", "false"}))
def test_a_name_that_no_command_could_give_is_refused(name):
    with pytest.raises(PolicyError, match=r"give .*another"):
        own.from_text(name, f"def {name}(seen, p):\n    return shifts()")


def nested(depth):
    """A number in so many brackets."""
    return "(" * depth + "seen.trust" + ")" * depth


def taking(monkeypatch, expression):
    """Take a policy that holds a number."""
    monkeypatch.setattr(own, "KNOWN", {})
    own.from_text("deep", f"def deep(seen, p):\n    return shifts(empathy=0.1 * unit({expression}))")


@pytest.mark.parametrize(
    "expression",
    [nested(150), " + ".join(["seen.trust"] * 200), "minimum(seen.trust, " * 60 + "0.1" + ")" * 60],
    ids=["brackets", "a long sum", "calls"],
)
def test_a_text_that_nests_is_read(expression, monkeypatch):
    taking(monkeypatch, expression)
    assert list(own.KNOWN) == ["deep"]


@pytest.mark.parametrize(
    "expression",
    [nested(5000), " + ".join(["seen.trust"] * 5000), "minimum(seen.trust, " * 5000 + "0.1" + ")" * 5000],
    ids=["brackets", "a long sum", "calls"],
)
def test_a_text_that_nests_too_much_is_refused(expression, monkeypatch):
    with pytest.raises(PolicyError, match=r"^policy deep [^\n]*$"):
        taking(monkeypatch, expression)
