"""Runs cells one after the other in one kernel of Jupyter, as a notebook does, and interrupts those that are to be.

Reads {"kernel", "cells": [{"code", "interruptAt"?}]} as JSON, and writes for each cell {"status", "outputs"}. What comes after a
cell's end is the cell's all the same: Deno's kernel often reports the end before the last output, which nbconvert then loses.
"""

import json
import sys
import time
from queue import Empty

from jupyter_client import KernelManager

# Seconds without anything: longer than any cell here is silent.
SILENCE = 60
# What was on its way when the last cell ended arrives before the end of this one.
LAST = {"code": "await new Promise((done) => setTimeout(done, 300));"}


def take(outputs, message):
    """Adds what a message shows; an update takes the place of what it updates."""
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        outputs.append({"text": content["text"]})
    elif kind == "error":
        outputs.append({"text": f"{content['ename']}: {content['evalue']}\n"})
    elif kind in ("execute_result", "display_data"):
        outputs.append({"data": content["data"], "id": content.get("transient", {}).get("display_id")})
    elif kind == "update_display_data":
        for output in outputs:
            if output.get("id") == content["transient"]["display_id"]:
                output["data"] = content["data"]


def run(manager, client, cell, outputs):
    """Runs a cell until the kernel answers for it. tslab answers "abort" for 200 ms after a cell that failed."""
    interrupt_at = cell.get("interruptAt")
    sent = client.execute(cell["code"])
    outputs[sent] = []
    silent_since = time.monotonic()
    while time.monotonic() - silent_since < SILENCE:
        try:
            message = client.get_iopub_msg(timeout=0.05)
            silent_since = time.monotonic()
            parent = message["parent_header"].get("msg_id")
            if parent in outputs:
                take(outputs[parent], message)
            if interrupt_at and interrupt_at in "".join(one.get("text", "") for one in outputs[sent]):
                interrupt_at = None
                manager.interrupt_kernel()
            continue
        except Empty:
            pass
        try:
            reply = client.get_shell_msg(timeout=0.05)
        except Empty:
            continue
        if reply["parent_header"].get("msg_id") != sent:
            continue
        status = reply["content"].get("status", "ok")
        if not status.startswith("abort"):
            return sent, status
        # Not at once: answers that pile up are lost.
        time.sleep(0.2)
        sent = client.execute(cell["code"])
        outputs[sent] = []
    sys.exit(f"The kernel fell silent; alive: {manager.is_alive()}.")


def main():
    given = json.load(sys.stdin)
    manager = KernelManager(kernel_name=given["kernel"])
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=SILENCE)
        outputs = {}
        ends = [run(manager, client, cell, outputs) for cell in [*given["cells"], LAST]]
        cells = [{"status": status, "outputs": outputs[sent]} for sent, status in ends]
        print(json.dumps(cells[:-1]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


main()
