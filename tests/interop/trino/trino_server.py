"""A real Trino for one test run: fetched once into a cache, started in a temporary folder.

Recipe of the server's own documentation ("Deploying Trino", "Password file authentication", "JWT
authentication", "Client protocol"), tried with 476.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import pathlib
import re
import secrets
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile

from kerberos_realm import Realm
from moto_server import Unavailable, free_port

VERSION = "476"
FETCH = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
STARTS_WITHIN_S = 180


def find_java() -> pathlib.Path:
    """A JDK that this Trino runs on: 24 or later."""
    seen = []
    for home in sorted(pathlib.Path("/usr/lib/jvm").glob("*")):
        release = home / "release"
        if not release.exists() or not (home / "bin" / "java").exists():
            continue
        major = re.search(r'JAVA_VERSION="(\d+)', release.read_text())
        if major and int(major[1]) >= 24:
            return home
        seen.append(home.name)
    raise Unavailable(f"Trino {VERSION} needs Java 24 or later; found {', '.join(seen) or 'none'}")


def _fetch(artifact: str, kind: str) -> pathlib.Path:
    stored = pathlib.Path.home() / ".m2/repository/io/trino" / artifact / VERSION / f"{artifact}-{VERSION}.{kind}"
    for _ in range(3):
        if stored.exists():
            return stored
        try:
            subprocess.run(
                ["mvn", "-q", "-B", FETCH, f"-Dartifact=io.trino:{artifact}:{VERSION}:{kind}", "-Dtransitive=false"],
                check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600,
            )
        except FileNotFoundError:
            raise Unavailable("mvn is not installed (Debian's maven)") from None
        except subprocess.SubprocessError as e:
            last = str(getattr(e, "output", "") or e)
    raise Unavailable(f"{artifact} {VERSION} could not be fetched: {last[-500:]}")


def unpacked() -> pathlib.Path:
    """The server's folder with the plugins that the tests need."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "qry"
    home = cache / f"trino-{VERSION}"
    if home.exists():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as work:
        # tarfile keeps neither hard links nor speed as tar does.
        subprocess.run(["tar", "-xzf", _fetch("trino-server-core", "tar.gz"), "-C", work], check=True)
        core = pathlib.Path(work) / f"trino-server-core-{VERSION}"
        for plugin in ("memory", "tpch"):
            with zipfile.ZipFile(_fetch(f"trino-{plugin}", "zip")) as z:
                z.extractall(work)
            (pathlib.Path(work) / f"trino-{plugin}-{VERSION}").rename(core / "plugin" / plugin)
        core.rename(home)
    return home


class Trino:
    """Answers over http without a login, and over https with a password, a JWT, a client's
    certificate, or a ticket of `realm`."""

    user = "ada"
    password = "correct horse"

    def __init__(self, spooling: dict[str, str] | None = None, realm: Realm | None = None):
        self._spooling = spooling
        self._realm = realm
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qry-pytest-trino-"))
        self.port, self.tls_port = free_port(), free_port()
        self.ca_file = self.folder / "server.crt"
        # The certificate that logs `user` in, and its key.
        self.client_file, self.client_key = self.folder / "client.crt", self.folder / "client.key"
        self._jwt_key = secrets.token_bytes(32)
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Trino:
        try:
            java, home = find_java(), unpacked()
            self._certificates()
            self._configure()
            self._log = (self.folder / "server.log").open("wb")
            self._process = subprocess.Popen(
                [
                    home / "bin" / "launcher", "-etc-dir", self.folder / "etc", "-data-dir", self.folder / "data",
                    "-jvm-dir", java, "run",
                ],
                stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            # Nothing in it is worth the 12 seconds of an orderly end.
            self._process.kill()
            self._process.wait()
            self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _certificates(self) -> None:
        key, pem = self.folder / "server.key", self.folder / "server.pem"
        self._self_signed("localhost", key, self.ca_file, "subjectAltName=DNS:localhost,IP:127.0.0.1")
        pem.write_text(key.read_text() + self.ca_file.read_text())
        self._self_signed(self.user, self.client_key, self.client_file, "extendedKeyUsage=clientAuth")

    def _self_signed(self, name: str, key: pathlib.Path, file: pathlib.Path, extension: str) -> None:
        subprocess.run(
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-addext", extension, "-keyout", key, "-out", file,
            ],
            check=True, capture_output=True,
        )

    def _configure(self) -> None:
        etc = self.folder / "etc"
        (etc / "catalog").mkdir(parents=True)
        salt = secrets.token_bytes(16)
        derived = hashlib.pbkdf2_hmac("sha1", self.password.encode(), salt, 10000, 32)
        (self.folder / "passwords").write_text(f"{self.user}:10000:{salt.hex()}:{derived.hex()}\n")
        (self.folder / "jwt.key").write_text(base64.b64encode(self._jwt_key).decode())
        files = {
            "node.properties": {
                "node.environment": "test", "node.id": "test-1", "node.data-dir": self.folder / "data",
                "node.bind-ip": "127.0.0.1", "node.internal-address": "127.0.0.1",
            },
            "config.properties": {
                "coordinator": "true", "node-scheduler.include-coordinator": "true",
                "http-server.http.port": self.port, "discovery.uri": f"http://127.0.0.1:{self.port}",
                "query.max-memory": "1GB", "query.max-memory-per-node": "800MB", "catalog.management": "static",
                "http-server.https.enabled": "true", "http-server.https.port": self.tls_port,
                "http-server.https.keystore.path": self.folder / "server.pem",
                "http-server.https.truststore.path": self.client_file,
                "http-server.authentication.type": ",".join(
                    ["CERTIFICATE", *(["KERBEROS"] if self._realm else []), "PASSWORD", "JWT"]
                ),
                "http-server.authentication.certificate.user-mapping.pattern": "CN=(.*)",
                "http-server.authentication.allow-insecure-over-http": "true",
                "http-server.authentication.jwt.key-file": self.folder / "jwt.key",
                "internal-communication.shared-secret": base64.b64encode(secrets.token_bytes(32)).decode(),
                **self._kerberos(),
                **self._spooling_server(),
            },
            "password-authenticator.properties": {
                "password-authenticator.name": "file", "file.password-file": self.folder / "passwords",
            },
            "catalog/memory.properties": {"connector.name": "memory"},
            "catalog/tpch.properties": {"connector.name": "tpch", "tpch.splits-per-node": "2"},
        }
        if self._spooling is not None:
            files["spooling-manager.properties"] = self._spooling_manager()
        for name, content in files.items():
            (etc / name).write_text("".join(f"{k}={v}\n" for k, v in content.items()))
        (etc / "jvm.config").write_text("\n".join([
            "-server", "-Xms1G", "-Xmx2G", "-XX:+UseG1GC", "-XX:+ExplicitGCInvokesConcurrent",
            "-XX:+ExitOnOutOfMemoryError", "-XX:-OmitStackTraceInFastThrow", "-XX:ReservedCodeCacheSize=256M",
            "-Djdk.attach.allowAttachSelf=true", "-Djdk.nio.maxCachedBufferSize=2000000", "-Dfile.encoding=UTF-8", "",
        ]))

    def _kerberos(self) -> dict[str, object]:
        if self._realm is None:
            return {}
        return {
            "http.authentication.krb5.config": self._realm.config,
            "http-server.authentication.krb5.service-name": "HTTP",
            "http-server.authentication.krb5.principal-hostname": "localhost",
            "http-server.authentication.krb5.keytab": self._realm.add("HTTP/localhost"),
            "http-server.authentication.krb5.user-mapping.pattern": "([^@]+)@.*",
        }

    def _spooling_server(self) -> dict[str, str]:
        if self._spooling is None:
            return {}
        return {
            "protocol.spooling.enabled": "true",
            "protocol.spooling.shared-secret-key": base64.b64encode(secrets.token_bytes(32)).decode(),
            "protocol.spooling.retrieval-mode": self._spooling["mode"],
            "protocol.spooling.initial-segment-size": "1MB",
            "protocol.spooling.max-segment-size": "4MB",
        }

    def _spooling_manager(self) -> dict[str, str]:
        assert self._spooling is not None
        return {
            "spooling-manager.name": "filesystem", "fs.s3.enabled": "true", "fs.location": "s3://spooling/",
            "fs.segment.ttl": "1h", "fs.segment.encryption": self._spooling["encryption"],
            "s3.endpoint": self._spooling["endpoint"], "s3.region": "us-east-1", "s3.path-style-access": "true",
            "s3.aws-access-key": "testing", "s3.aws-secret-key": "testing",
        }

    def _wait(self) -> None:
        assert self._process is not None
        give_up = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < give_up and self._process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/v1/info", timeout=5) as answer:
                    if not json.load(answer)["starting"] and self._runs_a_query():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.2)
        log = (self.folder / "server.log").read_text(errors="replace")
        raise RuntimeError(f"Trino did not start: {log[-3000:]}")

    def _runs_a_query(self) -> bool:
        """It calls itself started before it knows of a node to run on ("nodes is empty")."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/statement", b"select count(*) from tpch.tiny.nation",
            {"X-Trino-User": self.user},
        )
        while True:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                said = json.load(answer)
            if "nextUri" not in said:
                return "error" not in said
            asked = urllib.request.Request(said["nextUri"], headers={"X-Trino-User": self.user})

    def jwt(self, user: str) -> str:
        """A token that this server takes (HS256, RFC 7515)."""
        def encoded(data: bytes) -> str:
            return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

        claims = {"sub": user, "exp": int(time.time()) + 3600}
        text = ".".join(encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
        return f"{text}.{encoded(hmac.new(self._jwt_key, text.encode(), hashlib.sha256).digest())}"

    @property
    def plain(self) -> dict[str, object]:
        """Parameters of the driver, without TLS or a login."""
        return {"host": "127.0.0.1", "port": self.port, "http_scheme": "http", "user": self.user}

    @property
    def secured(self) -> dict[str, object]:
        """Parameters of the driver over TLS; the login is the test's."""
        return {
            "host": "localhost", "port": self.tls_port, "user": self.user, "SSLTrustStorePath": str(self.ca_file),
        }
