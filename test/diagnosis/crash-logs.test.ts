import { expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { crashLoop, viewOfOnePod } from './one-pod.ts'

const analyzers = await loadAnalyzers()

/** The last lines of a process that ended, its exit code, and what CAUSES.md calls that. */
const cases: readonly (readonly [code: string, log: string, exitCode?: number])[] = [
  [
    'app-config-invalid',
    "Description:\n\nFailed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.\n\nReason: Failed to determine a suitable driver class",
  ],
  [
    'app-crash',
    'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space\n\tat com.acme.Cache.load(Cache.java:31)',
    3,
  ],
  [
    'app-config-invalid',
    "Unrecognized VM option 'UseG1GCC'\nDid you mean '(+/-)UseG1GC'?\nError: Could not create the Java Virtual Machine.\nError: A fatal exception has occurred. Program will exit.",
  ],
  [
    'app-crash',
    '2026-11-20 09:58:05.114 ERROR 1 --- [main] o.s.boot.SpringApplication : Application run failed\norg.flywaydb.core.api.exception.FlywayValidateException: Validate failed: Migrations have failed validation\nMigration checksum mismatch for migration version 12\n\tat org.flywaydb.core.Flyway.validate(Flyway.java:1)',
  ],
  [
    'certificate-expired',
    'Caused by: java.security.cert.CertificateExpiredException: NotAfter: Wed Nov 18 10:00:00 UTC 2026\n\tat sun.security.x509.CertificateValidity.valid(CertificateValidity.java:277)',
  ],
  [
    'app-config-invalid',
    'Caused by: java.io.FileNotFoundException: /etc/app/application.yml (No such file or directory)',
  ],
  ['container-permission-denied', 'Exception in thread "main" java.nio.file.AccessDeniedException: /var/lib/app/data'],
  [
    'app-config-invalid',
    'org.apache.kafka.common.errors.SaslAuthenticationException: Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512',
  ],
  [
    'app-crash',
    'panic: runtime error: index out of range [5] with length 3\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:12 +0x1d',
    2,
  ],
  ['app-config-invalid', 'level=fatal msg="open /etc/app/config.yaml: no such file or directory"'],
  ['container-permission-denied', '2026/11/20 09:58:01 listen tcp :80: bind: permission denied'],
  [
    'container-permission-denied',
    '{"level":"fatal","ts":1763632681.1,"msg":"cannot create cache","error":"mkdir /data/cache: read-only file system"}',
  ],
  [
    'app-config-invalid',
    'failed to parse config: toml: line 4 (last key "server.port"): incompatible types: TOML value has type string; destination has type integer',
  ],
  [
    'app-config-invalid',
    '2026/11/20 09:58:01 error parsing DATABASE_URL: parse "postgres://user:***@db/x": net/url: invalid userinfo',
  ],
  ['app-config-invalid', 'invalid value "ten" for flag -workers: parse error\nUsage of /app:', 2],
  [
    'rbac-forbidden',
    'error retrieving resource lock shop/leader: leases.coordination.k8s.io "leader" is forbidden: User "system:serviceaccount:shop:web" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "shop"',
  ],
  ['volume-full', 'ERROR write /data/wal/000123.log: no space left on device'],
  [
    'app-crash',
    'Traceback (most recent call last):\n  File "/app/main.py", line 1, in <module>\n    import flask\nModuleNotFoundError: No module named \'flask\'',
  ],
  [
    'app-config-invalid',
    'Traceback (most recent call last):\n  File "/app/main.py", line 4, in <module>\n    url = os.environ[\'DATABASE_URL\']\n  File "<frozen os>", line 685, in __getitem__\nKeyError: \'DATABASE_URL\'',
  ],
  [
    'app-config-invalid',
    'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nredis_url\n  Field required [type=missing, input_value={}, input_type=dict]',
  ],
  ['app-config-invalid', 'django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.'],
  [
    'missing-service',
    'django.db.utils.OperationalError: could not translate host name "pg" to address: Name or service not known',
  ],
  ['app-crash', 'ImportError: libGL.so.1: cannot open shared object file: No such file or directory'],
  ['app-crash', "alembic.util.exc.CommandError: Can't locate revision identified by 'ab12cd34'"],
  [
    'app-crash',
    '[2026-11-20 09:58:01 +0000] [7] [ERROR] Exception in worker process\nTraceback (most recent call last):\n  File "/app/wsgi.py", line 8\n    def app(:\n            ^\nSyntaxError: invalid syntax\n[2026-11-20 09:58:02 +0000] [1] [ERROR] Reason: Worker failed to boot.',
    3,
  ],
  [
    'app-config-invalid',
    '  File "/app/conf.py", line 8, in load_config\n    return json.load(f)\njson.decoder.JSONDecodeError: Expecting \',\' delimiter: line 3 column 5 (char 42)',
  ],
  ['container-permission-denied', "PermissionError: [Errno 13] Permission denied: '/data/models'"],
  ['app-config-invalid', 'redis.exceptions.AuthenticationError: invalid username-password pair or user is disabled.'],
  [
    'app-crash',
    "node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\nError: Cannot find module 'express'\nRequire stack:\n- /app/server.js",
  ],
  [
    'container-permission-denied',
    'Error: listen EACCES: permission denied 0.0.0.0:80\n    at Server.setupListenHandle [as _listen2] (node:net:1463:21)',
  ],
  [
    'app-crash',
    '<--- Last few GCs --->\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    134,
  ],
  [
    'missing-service',
    'MongooseServerSelectionError: getaddrinfo ENOTFOUND mongo\n    at _handleConnectionErrors (/app/node_modules/mongoose/lib/connection.js:897:11)',
  ],
  [
    'app-config-invalid',
    'Error: Missing required environment variable: STRIPE_KEY\n    at loadConfig (/app/config.js:14:11)',
  ],
  [
    'app-config-invalid',
    'SyntaxError: Unexpected token } in JSON at position 120\n    at JSON.parse (<anonymous>)\n    at loadConfig (/app/config.js:9:15)',
  ],
  [
    'dependency-unreachable',
    'Error: getaddrinfo EAI_AGAIN api.partner.example.com\n    at GetAddrInfoReqWrap.onlookup [as oncomplete] (node:dns:109:26)',
  ],
  [
    'app-crash',
    "Unhandled exception. System.InvalidOperationException: Unable to resolve service for type 'Acme.IClock' while attempting to activate 'Acme.Worker'.\n   at Microsoft.Extensions.DependencyInjection.ServiceLookup.CallSiteFactory.CreateArgumentCallSites()",
    134,
  ],
  [
    'app-config-invalid',
    "Unhandled exception. System.IO.FileNotFoundException: The configuration file 'appsettings.Production.json' was not found and is not optional. The expected physical path was '/app/appsettings.Production.json'.",
    134,
  ],
  [
    'app-crash',
    "You must install or update .NET to run this application.\nFramework: 'Microsoft.NETCore.App', version '8.0.0' (x64)\n.NET location: /usr/share/dotnet/",
    150,
  ],
  [
    'app-config-invalid',
    '/app/config/environments/production.rb:12:in `fetch\': key not found: "SECRET_KEY_BASE" (KeyError)',
  ],
  [
    'missing-service',
    'PHP Fatal error:  Uncaught PDOException: SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for mysql failed: Name or service not known in /app/db.php:7',
    255,
  ],
  ['missing-service', 'nginx: [emerg] host not found in upstream "api-svc" in /etc/nginx/conf.d/default.conf:4'],
  ['app-config-invalid', 'nginx: [emerg] unknown directive "proxy_passs" in /etc/nginx/conf.d/default.conf:7'],
  ['container-permission-denied', 'nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)'],
  [
    'app-config-invalid',
    'nginx: [emerg] cannot load certificate "/etc/tls/tls.crt": BIO_new_file() failed (SSL: error:80000002:system library::No such file or directory:calling fopen(/etc/tls/tls.crt, r))',
  ],
  [
    'app-config-invalid',
    'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty\ninitdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.',
  ],
  [
    'app-config-invalid',
    '2026-11-20 09:58:01+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD',
  ],
  [
    'app-config-invalid',
    "*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\nReading the configuration file, at line 3\n>>> 'maxmemory-polcy allkeys-lru'\nBad directive or wrong number of arguments",
  ],
  [
    'volume-full',
    "1:M 20 Nov 2026 09:58:01.114 # Can't open or create append-only dir /data/appendonlydir: No space left on device",
  ],
  [
    'app-crash',
    "kafka.common.InconsistentClusterIdException: The Cluster ID 7xQ doesn't match stored clusterId Some(abc) in meta.properties. The broker is trying to join the wrong cluster.",
  ],
  [
    'app-config-invalid',
    "[critical][main] [source/server/server.cc:131] error initializing configuration '/etc/envoy/envoy.yaml': Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT: no such field: 'listners') has unknown fields",
  ],
  [
    'app-config-invalid',
    'ts=2026-11-20T09:58:01.114Z caller=main.go:627 level=error err="error loading config from \\"/etc/prometheus/prometheus.yml\\": parsing YAML file /etc/prometheus/prometheus.yml: yaml: unmarshal errors:\\n  line 9: field scrape_config not found in type config.plain"',
  ],
  [
    'container-permission-denied',
    "GF_PATHS_DATA='/var/lib/grafana' is not writable.\nYou may have issues with file permissions, more information here: http://docs.grafana.org/installation/docker/#migrate-to-v51-or-later\nmkdir: can't create directory '/var/lib/grafana/plugins': Permission denied",
  ],
  [
    'app-config-invalid',
    '2026/11/20 09:58:01 command traefik error: failed to decode configuration from flags: field not found, node: kubernetescrd2',
  ],
  ['app-config-invalid', '/entrypoint.sh: line 3: DB_HOST: parameter null or not set'],
  ['container-command-invalid', '/bin/sh: 1: strat.sh: not found', 127],
  ['container-command-invalid', 'exec /entrypoint.sh: no such file or directory', 255],
  ['container-permission-denied', 'su-exec: setgroups: Operation not permitted'],
  ['image-platform-mismatch', 'standard_init_linux.go:228: exec user process caused: exec format error'],
  [
    'app-crash',
    "thread 'main' panicked at src/main.rs:14:35:\ncalled `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit }\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    101,
  ],
  [
    'app-config-invalid',
    "thread 'main' panicked at src/main.rs:9:40:\nDATABASE_URL must be set: NotPresent\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
    101,
  ],
  ['app-crash', '', 139],
  ['app-crash', '', 1],
  ['app-config-invalid', 'airflow.exceptions.AirflowConfigException: error: cannot use SQLite with the LocalExecutor'],
  ['app-config-invalid', 'ERROR: Strict hostname resolution configured but no hostname setting provided'],
  [
    'app-crash',
    'liquibase.exception.LockException: Could not acquire change log lock.  Currently locked by web-1-y (10.42.0.9) since 11/20/26, 9:12 AM',
  ],
  ['app-crash', 'RuntimeError: CUDA error: no kernel image is available for execution on the device'],
  [
    'dependency-unreachable',
    "OSError: We couldn't connect to 'https://huggingface.co' to load this file, couldn't find it in the cached files and it looks like acme/embed is not the path to a directory containing a file named config.json.",
  ],
  [
    'app-config-invalid',
    'google.auth.exceptions.DefaultCredentialsError: Your default credentials were not found. To set up Application Default Credentials, see https://cloud.google.com/docs/authentication/external/set-up-adc for more information.',
  ],
  ['app-config-invalid', 'botocore.exceptions.NoCredentialsError: Unable to locate credentials'],
  ['app-config-invalid', 'FATAL tls: private key does not match public key'],
  [
    'dependency-unreachable',
    "sqlalchemy.exc.OperationalError: (pymysql.err.OperationalError) (2003, \"Can't connect to MySQL server on 'db.prod.example.com' (timed out)\")",
  ],
  [
    'dependency-unreachable',
    'Unhandled exception. Npgsql.NpgsqlException (0x80004005): Failed to connect to 10.20.0.9:5432\n ---> System.TimeoutException: Timeout during connection attempt',
    134,
  ],
  [
    'dependency-unreachable',
    'com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure\n\nThe last packet sent successfully to the server was 0 milliseconds ago.\nCaused by: java.net.UnknownHostException: mysql.acme.example',
  ],
  [
    'dependency-unreachable',
    'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp: lookup ledger.acme.example on 10.96.0.10:53: no such host"',
  ],
  ['app-crash', 'ERROR: assertion failed: balance >= 0 (ledger.rs:88)\nAborted (core dumped)', 134],
  [
    'app-crash',
    "terminate called after throwing an instance of 'std::out_of_range'\n  what():  vector::_M_range_check: __n (which is 7) >= this->size() (which is 7)",
    134,
  ],
  ['app-config-invalid', "error: unknown option `--max-conections'", 2],
  [
    'app-config-invalid',
    'usage: app.py [-h] --model MODEL\napp.py: error: the following arguments are required: --model',
    2,
  ],
  ['app-config-invalid', 'config validation failed: server.tls.cert_file: required when server.tls.enabled is true'],
  ['app-config-invalid', 'Error: Config validation error: "JWT_SECRET" is required'],
  ['app-config-invalid', '[FATAL] plugin "auth": property issuer_url must be a valid URL, got "htps//login"'],
  ['app-config-invalid', 'FATAL: role "webapp" does not exist'],
  [
    'app-config-invalid',
    "Caused by: org.springframework.boot.context.properties.bind.BindException: Failed to bind properties under 'app.cache.ttl' to java.time.Duration",
  ],
  [
    'certificate-expired',
    "Error: certificate has expired\n    at TLSSocket.onConnectSecure (node:_tls_wrap:1677:34) {\n  code: 'CERT_HAS_EXPIRED'\n}",
  ],
]

it.each(cases.map(([code, text, exitCode = 1]) => ({ code, text, exitCode })))(
  '$code: $text',
  ({ code, text, exitCode }) => {
    const view = viewOfOnePod({ status: crashLoop(exitCode), log: { text, previous: true } })
    expect(diagnose(view, { analyzers }).rootCauses[0]?.code).toBe(code)
  },
)
