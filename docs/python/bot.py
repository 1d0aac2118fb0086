"""Opens a position, or guards shares that are in the wallet or on their way; waits for its end and prints the result:
bot.py open '{"asset": "ETH", "side": "DOWN", "usd": 10}'; bot.py guard '{"marketSlug": "btc-updown-5m-1796045700", "side": "UP"}'"""
import json, os, sys, time, urllib.error, urllib.request, uuid
from sigv4 import sign

aws_url = os.environ.get("TMINUS_URL")  # The output OpenFunctionUrl; without it, the local stack, which needs no signature.
url = (aws_url or json.load(open(".tminus/stack.json"))["env"]["OPEN_FUNCTION_URL"]).rstrip("/")
usual = {"open": {"asset": "BTC", "side": "UP", "usd": 25, "mode": "paper"}, "guard": {"mode": "live", "expectShares": True}}

def call(method, path, body=b""):
    for pause in (1, 2, 4, 8, 16):  # A repeated call has the same requestId: it never acts twice.
        headers = {"content-type": "application/json", **(sign(method, url + path, body) if aws_url else {})}
        request = urllib.request.Request(url + path, body or None, headers, method=method)
        try:
            return json.load(urllib.request.urlopen(request, timeout=35))
        except urllib.error.HTTPError as error:  # 422 refused, 400 bad request: the message says what to do.
            why = error.read().decode()
            if error.code < 500 and error.code != 429: break
        except OSError as error: why = error  # No answer: it is not known whether it was done.
        time.sleep(pause)
    sys.exit(f"{method} {path}: {why}")

action, terms = [*sys.argv[1:], *["open", "{}"][len(sys.argv) - 1:]]
body = json.dumps({"requestId": str(uuid.uuid4()), **usual[action], **json.loads(terms)}).encode()
position = call("POST", f"/{action}", body)["position"]
while position["closedAtMs"] is None:
    time.sleep(2)
    position = call("GET", f"/positions/{position['positionId']}")["position"]
print(position["positionId"], position["state"], position["exitReason"], position["pnlMicros"] or "unknown")
