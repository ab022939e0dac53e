#!/usr/bin/env python3
"""Stands in for every registry and Helm repository, over TLS, for tools that cannot be pointed at a mirror.

  registries.py CHARTS AUTHORITY

An HTTPS proxy on loopback. What is asked of any host through it is answered from CHARTS, the folder of chart archives
with their serve.py; a host that none of them comes from is refused, so nothing leaves the machine. The authority that
signed for those hosts is written to AUTHORITY: a client trusts it by SSL_CERT_FILE. The first line of standard output is
the proxy's address, for HTTPS_PROXY. Needs the openssl command.
"""
import importlib.util, os, shutil, signal, ssl, subprocess, sys, tempfile, threading

CHARTS, AUTHORITY = sys.argv[1:]
spec = importlib.util.spec_from_file_location('serve', os.path.join(CHARTS, 'serve.py'))
serve = importlib.util.module_from_spec(spec)
spec.loader.exec_module(serve)

# Where Docker clients find what is named docker.io.
NAMED = {'registry-1.docker.io': 'docker.io', 'index.docker.io': 'docker.io'}


class Proxy(serve.Handler):
    """Takes a tunnel's far end for itself, and answers there as the host that was asked for."""

    host = None

    def do_CONNECT(self):
        host = self.path.rpartition(':')[0]
        if host not in self.server.hosts:
            return self.reply(502, b'no such host here\n', 'text/plain')
        self.send_response(200)
        self.end_headers()
        try:
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        except (ssl.SSLError, OSError):
            self.close_connection = True
            return
        self.rfile, self.wfile = self.connection.makefile('rb'), Writer(self.connection)
        self.host = NAMED.get(host, host)
        self.close_connection = False

    def do_GET(self):
        if self.host is None:
            return self.reply(404, b'only tunnels are answered\n', 'text/plain')
        if self.path == '/v2' or self.path.startswith('/v2/'):
            if self.path.rstrip('/') != '/v2':
                self.path = f'/v2/{self.host}{self.path[3:]}'
        elif self.host == 'raw.githubusercontent.com':
            self.path = f'/raw/{self.host}{self.path}'
        else:
            self.path = f'/helm/{self.host}{self.path}'
        super().do_GET()


class Writer:
    """Writes all of each piece to a TLS socket."""

    def __init__(self, connection):
        self.connection, self.closed = connection, False

    def write(self, data):
        self.connection.sendall(data)
        return len(data)

    def flush(self):
        pass

    def close(self):
        self.closed = True


def certificate(hosts):
    """Makes an authority for this run, and has it sign one certificate for all hosts."""
    with tempfile.TemporaryDirectory() as folder:
        authority, leaf, key, leaf_key = (os.path.join(folder, n) for n in ('ca', 'leaf', 'ca.key', 'leaf.key'))

        def make(subject, out, out_key, *more):
            subprocess.run(
                ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                 '-days', '2', '-subj', f'/CN={subject}', '-out', out, '-keyout', out_key, *more],
                check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        names = ','.join(f'DNS:{host}' for host in sorted(hosts))
        make('benchmark authority', authority, key)
        make('registries', leaf, leaf_key, '-CA', authority, '-CAkey', key, '-addext', f'subjectAltName={names}',
             '-addext', 'basicConstraints=critical,CA:FALSE')
        shutil.copy(authority, AUTHORITY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(leaf, leaf_key)
        return context


server = serve.Server(('127.0.0.1', 0), Proxy)
server.store, server.user, server.page_size = serve.Store(CHARTS), None, 0
server.absolute, server.quiet = False, True
server.hosts = {name.split('/')[0] for name in [*server.store.repos, *server.store.helm]} - {'all'}
server.hosts |= set(NAMED) | {'raw.githubusercontent.com'}
server.tls = certificate(server.hosts)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(f'http://127.0.0.1:{server.server_address[1]}', flush=True)
server.serve_forever()
