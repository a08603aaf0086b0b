"""The programs that take part: where they are, their versions, and servers for both sides."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path

from processes import Failed, Server

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = {"age": "age", "age-keygen": "age", "b3sum": "b3sum", "curl": "curl",
          "nginx": "nginx-light", "openssl": "openssl", "tar": "tar"}

NGINX_CONFIG = """
daemon off;
master_process on;
worker_processes auto;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 64; }}
http {{
    access_log off;
    sendfile on;
    client_max_body_size 0;
    client_body_temp_path {folder}/incoming;
    proxy_temp_path {folder}/other;
    fastcgi_temp_path {folder}/other;
    uwsgi_temp_path {folder}/other;
    scgi_temp_path {folder}/other;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        ssl_certificate {cert};
        ssl_certificate_key {key};
        root {folder}/root;
        dav_methods PUT DELETE;
    }}
}}
"""


def find(name):
    """A program on the path, /usr/sbin included; `None` if it is not installed."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def missing_packages():
    """Debian packages that have to be installed first."""
    return sorted({package for name, package in DEBIAN.items() if find(name) is None})


def ours(name, folder):
    """One of our own programs, built by `just build`."""
    path = Path(folder) / name
    if not path.is_file():
        raise Failed(f"{path} is not built: just build")
    return str(path)


def versions(quitus):
    """One line of the versions of all programs."""
    asked = {
        "quitus": [quitus, "--version"],
        "age": [find("age"), "--version"],
        "rage": [find("rage"), "--version"],
        "curl": [find("curl"), "--version"],
        "nginx": [find("nginx"), "-v"],
        "tar": [find("tar"), "--version"],
    }
    return ", ".join(f"{name} {version_of(words)}" for name, words in asked.items() if words[0])


def version_of(words):
    """The first number in what a program says of itself."""
    said = subprocess.run(words, capture_output=True, text=True, check=True)
    number = re.search(r"\d+\.\d+[.\d]*", said.stdout + said.stderr)
    return number.group() if number else "?"


def commit():
    """The commit that is checked out."""
    words = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "unknown"


def free_ports(n_ports):
    """Ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(n_ports)]
    try:
        for bound in sockets:
            bound.bind(("127.0.0.1", 0))
        return [bound.getsockname()[1] for bound in sockets]
    finally:
        for bound in sockets:
            bound.close()


class Authority:
    """An authority of our own, and a certificate of this machine by it."""

    def __init__(self, folder):
        folder.mkdir()
        self.ca, self.cert, self.key = (str(folder / name) for name in ("ca.pem", "cert.pem", "key.pem"))
        ca_key, request = str(folder / "ca-key.pem"), str(folder / "request.pem")
        extensions = folder / "extensions"
        extensions.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n")
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        openssl("req", "-x509", *new_key, "-keyout", ca_key, "-out", self.ca, "-subj", "/CN=bench CA",
                "-days", "2")
        openssl("req", *new_key, "-keyout", self.key, "-out", request, "-subj", "/CN=127.0.0.1")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
                "-out", self.cert, "-days", "2", "-extfile", str(extensions))


def openssl(*words):
    """Runs openssl and is silent if all went well."""
    ran = subprocess.run([find("openssl"), *words], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise Failed(f"openssl {' '.join(words)}\n{ran.stderr}")


class Relay(Server):
    """A relay of ours on a data folder of its own."""

    def __init__(self, program, folder, authority=None):
        tls = ["--tls-cert", authority.cert, "--tls-key", authority.key] if authority else []
        data = ["--data", str(folder / "data"), "--keys", str(folder / "keys")]
        words = [program, "serve", "--listen", "127.0.0.1:0", "--open", *data, *tls]
        super().__init__(words, first_line=True, env={"PATH": "/usr/bin:/bin"})
        self.url = self.line.removeprefix("listening on ")
        self.folder = folder

    def discard(self):
        """Stops it and removes all it kept."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Nginx(Server):
    """An nginx that takes files by PUT, in plain and by TLS."""

    def __init__(self, folder, authority):
        for name in ("", "root", "incoming", "other"):
            (folder / name).mkdir(mode=0o755, exist_ok=True)
        port, tls_port = free_ports(2)
        config = folder / "nginx.conf"
        places = {"folder": folder, "cert": authority.cert, "key": authority.key}
        user = "user root;\n" if os.geteuid() == 0 else ""
        config.write_text(user + NGINX_CONFIG.format(port=port, tls_port=tls_port, **places))
        super().__init__([find("nginx"), "-p", str(folder), "-c", str(config)])
        self.root = folder / "root"
        self.url, self.tls_url = f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}"
        wait_until_open(port, self)

    def remove(self, name):
        """Removes a file it took."""
        (self.root / name).unlink(missing_ok=True)


def wait_until_open(port, server):
    """Waits until somebody listens on a port."""
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    server.stop()
    raise Failed(f"nobody listens on port {port}")
