"""Python requests with a session. TASK URL BODY|- CALLS WARM_UP AT_A_TIME"""
import json
import resource
import sys
import time

import requests

_, task, url, body_file, calls, warm_up, _ = sys.argv
body = None if body_file == "-" else json.load(open(body_file, encoding="utf-8"))
session = requests.Session()
session.trust_env = False


def run(count):
    errors = 0
    for _ in range(count):
        if body is None:
            answer = session.get(url, timeout=30)
        else:
            answer = session.post(url, json=body, timeout=30)
        if answer.status_code != 200 or answer.json().get("errcode") != 0:
            errors += 1
    return errors


errors = run(int(warm_up))
wall, cpu = time.monotonic(), time.process_time()
errors += run(int(calls))
wall, cpu = time.monotonic() - wall, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"calls": int(calls), "wall": wall, "cpu": cpu, "peak_kb": peak, "errors": errors}))
sys.exit(1 if errors else 0)
