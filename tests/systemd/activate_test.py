# SPDX-License-Identifier: MIT
"""activate_test.py GREETERD CLIENT TOOL: the server is started by systemd's own tool, when the first
client connects."""
import os
import signal
import sys
import tempfile

from peer import Manager, ended, greet, start

greeterd, client, tool = sys.argv[1:]
folder = tempfile.mkdtemp(prefix="idl-activate-")
manager = Manager(folder + "/notify")
one, two = folder + "/one", folder + "/two"
command = [tool, "-l", one, "-l", two, "--fdname=first:second"]
# The tool passes few variables on.
command += ["-E", "NOTIFY_SOCKET=" + manager.env["NOTIFY_SOCKET"]]
try:
    process = start(command + [greeterd, "systemd://second", "systemd://first"])
    while process.stderr.readline().find("Listening on " + two) < 0:
        assert process.poll() is None, "the tool has ended"
    greet(client, "unix://" + two)
    manager.expect("READY=1")
    greet(client, "unix://" + one, "Bob")
    process.send_signal(signal.SIGTERM)
    manager.expect("STOPPING=1")
    said = ended(process, 0)
    assert f"listening on unix://{two}\nlistening on unix://{one}\n" in said, said
finally:
    for name in os.listdir(folder):
        os.unlink(os.path.join(folder, name))
    os.rmdir(folder)
