"""Whether a request that failed may have arrived all the same."""


def never_connected(failure: BaseException | None) -> bool:
    """Whether the request certainly did not leave: no connection was ever made."""
    from botocore import exceptions as aws
    from requests import exceptions as http
    from urllib3.exceptions import NewConnectionError

    if isinstance(failure, aws.ConnectTimeoutError | aws.EndpointConnectionError):
        return True
    if isinstance(failure, http.ConnectTimeout):
        return True
    if not isinstance(failure, http.ConnectionError) or not failure.args:
        return False
    return isinstance(getattr(failure.args[0], "reason", None), NewConnectionError)
