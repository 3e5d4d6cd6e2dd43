"""Why a matching model is turned down."""

from mainstem.kernel.refusals import Kind, RefusedError, declare, refuse

MODEL_UNUSABLE = declare(
    "matching_model_unusable",
    Kind.INVALID,
    "The matching model cannot be used: {detail}.",
    "Train it with comparisons that are known here, or leave the level out: a score is never guessed.",
)


def unusable(detail: str) -> RefusedError:
    """The error to raise for a model, or a record under it, that cannot be scored exactly as Splink would."""
    return RefusedError(refuse(MODEL_UNUSABLE, detail=detail))
