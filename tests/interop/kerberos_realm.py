"""A Kerberos realm of MIT's KDC in a temporary folder, on a free port of loopback.

Options of kdc.conf(5), krb5.conf(5), kdb5_util(8) and kadmin.local(8), tried with 1.20.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import time

from moto_server import Unavailable, free_port

REALM = "TEST.EXAMPLE"
STARTS_WITHIN_S = 30


class Realm:
    """Hosts are not looked up in the DNS: a service is what its client calls it."""

    def __enter__(self) -> Realm:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qry-pytest-krb-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.config = self.folder / "krb5.conf"
        try:
            self._configure()
            self._run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master key of a test")
            self._log = (self.folder / "kdc.log").open("wb")
            self._process = subprocess.Popen(
                ["krb5kdc", "-n", "-r", REALM], env=self._environment,
                stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            )
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, principal: str) -> pathlib.Path:
        """Its keytab."""
        keytab = self.folder / f"{principal.replace('/', '.')}.keytab"
        self._run("kadmin.local", "-r", REALM, "addprinc", "-randkey", principal)
        self._run("kadmin.local", "-r", REALM, "ktadd", "-k", str(keytab), principal)
        return keytab

    def login(self, principal: str, keytab: pathlib.Path) -> dict[str, str]:
        """The environment of a program that holds this principal's ticket."""
        cache = self.folder / f"{principal}.ccache"
        give_up = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                self._run("kinit", "-c", str(cache), "-k", "-t", str(keytab), principal)
                return {"KRB5_CONFIG": str(self.config), "KRB5CCNAME": f"FILE:{cache}"}
            except RuntimeError:
                # The KDC may not listen yet.
                if time.monotonic() > give_up:
                    raise
                time.sleep(0.1)

    def _configure(self) -> None:
        port = free_port()
        self.config.write_text(
            f"""[libdefaults]
    default_realm = {REALM}
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    udp_preference_limit = 1
[realms]
    {REALM} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    localhost = {REALM}
"""
        )
        profile = self.folder / "kdc.conf"
        profile.write_text(
            f"""[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {REALM} = {{
        database_name = {self.folder}/principal
        key_stash_file = {self.folder}/stash
        acl_file = {self.folder}/none.acl
    }}
"""
        )
        self._environment = {
            **os.environ,
            "KRB5_CONFIG": str(self.config),
            "KRB5_KDC_PROFILE": str(profile),
            # Debian keeps the server's programs there, which a user's PATH may lack.
            "PATH": f"{os.environ['PATH']}:/usr/sbin",
        }

    def _run(self, *command: str) -> None:
        try:
            done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            raise Unavailable(f"{command[0]} is not installed (Debian's krb5-kdc, krb5-admin-server, krb5-user)") from None
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr or done.stdout}")
