"""What can go wrong in the lab, each with the cure."""


class LabError(Exception):
    """The lab cannot do what was asked; `cure` tells the person in front of it what to do."""

    def __init__(self, message: str, cure: str = "") -> None:
        super().__init__(message)
        self.cure = cure

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  cure: {self.cure}" if self.cure else message


class NotReadyError(LabError):
    """A component did not become ready in time, or died while starting."""


class ProvisionError(LabError):
    """The cache folder could not be filled."""
