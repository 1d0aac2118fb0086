"""Signs a call of a function URL with AWS Signature Version 4, by the standard library alone."""
import hashlib
import hmac
import os
import time
from urllib.parse import urlsplit


def sign(method, url, body):
    """The headers that sign a call, with the keys and region of the environment (AWS_ACCESS_KEY_ID, …)."""
    at, parts = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), urlsplit(url)
    headers = {"host": parts.netloc, "x-amz-date": at}
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = os.environ["AWS_SESSION_TOKEN"]
    names, scope = ";".join(headers), f"{at[:8]}/{os.environ['AWS_REGION']}/lambda/aws4_request"
    query = "&".join(sorted(parts.query.split("&")))
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join([method, parts.path or "/", query, *lines, "", names, sha256(body)])
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in [*scope.split("/"), f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{sha256(request.encode())}"]:
        key = hmac.new(key, part.encode(), "sha256").digest()
    credential = f"Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}, SignedHeaders={names}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {credential}, Signature={key.hex()}"}


def sha256(data):
    return hashlib.sha256(data).hexdigest()
