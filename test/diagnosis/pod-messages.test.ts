import { expect, it } from 'vitest'
import { loadAnalyzers } from '../../src/analyzers/load.ts'
import { diagnose } from '../../src/diagnosis/diagnose.ts'
import { viewOfOnePod, waitingFor } from './one-pod.ts'

const analyzers = await loadAnalyzers()

/** What a kubelet or runtime says of a pod that does not start, and what CAUSES.md calls that. */
const pulls: readonly (readonly [code: string, message: string])[] = [
  [
    'image-not-found',
    'Error response from daemon: manifest for ghcr.io/acme/app:4.2 not found: manifest unknown: manifest unknown',
  ],
  [
    'image-not-found',
    'rpc error: code = NotFound desc = failed to pull and unpack image "ghcr.io/acme/app:4.2": failed to resolve reference "ghcr.io/acme/app:4.2": ghcr.io/acme/app:4.2: not found',
  ],
  [
    'image-not-found',
    'initializing source docker://ghcr.io/acme/app:4.2: reading manifest 4.2 in ghcr.io/acme/app: manifest unknown',
  ],
  [
    'image-not-found',
    'failed to resolve reference "123456789012.dkr.ecr.eu-west-1.amazonaws.com/app:4.2": unexpected status from HEAD request: 404 Not Found',
  ],
  ['image-not-found', 'Error response from daemon: repository acme/app not found: does not exist or no pull access'],
  [
    'image-pull-unauthorized',
    "Error response from daemon: pull access denied for acme/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
  ],
  [
    'image-pull-unauthorized',
    'failed to resolve reference "docker.io/acme/app:4.2": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
  ],
  [
    'image-pull-unauthorized',
    'Error response from daemon: Get "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com/v2/app/manifests/4.2": no basic auth credentials',
  ],
  [
    'image-pull-unauthorized',
    'failed to authorize: failed to fetch oauth token: unexpected status from POST request to https://auth.docker.io/token: 401 Unauthorized',
  ],
  [
    'image-pull-unauthorized',
    'unable to retrieve auth token: invalid username/password: unauthorized: authentication required',
  ],
  ['image-pull-unauthorized', 'pulling from host ghcr.io failed with status code [manifests 4.2]: 403 Forbidden'],
  [
    'image-registry-unreachable',
    'failed to do request: Head "https://registry.acme.io/v2/app/manifests/4.2": dial tcp: lookup registry.acme.io on 169.254.20.10:53: no such host',
  ],
  [
    'image-registry-unreachable',
    'failed to do request: Head "https://registry.acme.io/v2/app/manifests/4.2": dial tcp 10.0.0.9:443: connect: connection refused',
  ],
  [
    'image-registry-unreachable',
    'failed to do request: Head "https://registry:5000/v2/app/manifests/4.2": http: server gave HTTP response to HTTPS client',
  ],
  ['image-registry-unreachable', 'Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout'],
  [
    'image-registry-unreachable',
    'Get "https://registry-1.docker.io/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
  ],
  [
    'image-registry-unreachable',
    'failed to do request: Head "https://registry.acme.io/v2/app/manifests/4.2": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-20T09:50:00Z is after 2026-11-19T00:00:00Z',
  ],
  [
    'image-registry-unreachable',
    'unexpected status from HEAD request to https://ghcr.io/v2/acme/app/manifests/4.2: 503 Service Unavailable',
  ],
  [
    'image-registry-unreachable',
    'failed to do request: Head "https://registry.acme.io/v2/": dial tcp 10.0.0.9:443: i/o timeout',
  ],
  [
    'image-registry-unreachable',
    'Head "https://registry.acme.io/v2/app/manifests/4.2": proxyconnect tcp: dial tcp 10.0.0.3:3128: connect: no route to host',
  ],
  ['image-platform-mismatch', 'no match for platform in manifest sha256:1234: not found'],
  [
    'image-platform-mismatch',
    'Error response from daemon: no matching manifest for linux/arm64/v8 in the manifest list entries',
  ],
  [
    'image-platform-mismatch',
    'choosing image instance: no image found in manifest list for architecture "arm64", variant "v8", OS "linux"',
  ],
  [
    'image-rate-limited',
    'toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit',
  ],
  [
    'image-rate-limited',
    'unexpected status code https://registry-1.docker.io/v2/acme/app/manifests/4.2: 429 Too Many Requests',
  ],
]

it.each(pulls)('%s: %s', (code, message) => {
  const view = viewOfOnePod({
    phase: 'Pending',
    status: waitingFor('ImagePullBackOff', 'Back-off pulling image "ghcr.io/acme/app:4.2"'),
    events: [
      ['Failed', `Failed to pull image "ghcr.io/acme/app:4.2": ${message}`],
      ['Failed', 'Error: ImagePullBackOff'],
    ],
  })
  expect(diagnose(view, { analyzers }).rootCauses[0]?.code).toBe(code)
})

const starts: readonly (readonly [code: string, reason: string, message: string])[] = [
  [
    'image-name-invalid',
    'InvalidImageName',
    'Failed to apply default image tag "Acme/App:4.2": couldn\'t parse image name "Acme/App:4.2": invalid reference format: repository name (Acme/App) must be lowercase',
  ],
  [
    'container-command-invalid',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "pyhton": executable file not found in $PATH: unknown',
  ],
  [
    'container-command-invalid',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "/app/run.sh": permission denied: unknown',
  ],
  [
    'container-command-invalid',
    'RunContainerError',
    'failed to create containerd task: OCI runtime create failed: runc create failed: unable to start container process: chdir to cwd ("/srv/app") set in config.json failed: no such file or directory: unknown',
  ],
  [
    'container-command-invalid',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app": is a directory: unknown',
  ],
  [
    'oom-killed',
    'RunContainerError',
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?): unknown',
  ],
  [
    'container-permission-denied',
    'CreateContainerConfigError',
    'container has runAsNonRoot and image has non-numeric user (app), cannot verify user is non-root (pod: "web-1-x_shop(p)", container: app)',
  ],
  [
    'container-permission-denied',
    'CreateContainerConfigError',
    'container\'s runAsUser breaks non-root policy (pod: "web-1-x_shop(p)", container: app)',
  ],
  ['missing-configmap', 'CreateContainerConfigError', 'configmap "settings" not found'],
  ['missing-secret', 'CreateContainerConfigError', 'secret "credentials" not found'],
  ['missing-configmap-key', 'CreateContainerConfigError', "couldn't find key host in ConfigMap shop/settings"],
  ['missing-secret-key', 'CreateContainerConfigError', "couldn't find key token in Secret shop/credentials"],
  [
    'volume-mount-failing',
    'CreateContainerConfigError',
    'failed to prepare subPath for volumeMount "data" of container "app"',
  ],
]

it.each(starts)('%s: %s %s', (code, reason, message) => {
  const view = viewOfOnePod({
    phase: 'Pending',
    status: waitingFor(reason, message),
    events: [['Failed', `Error: ${message}`]],
  })
  expect(diagnose(view, { analyzers }).rootCauses[0]?.code).toBe(code)
})

const events: readonly (readonly [code: string, reason: string, message: string])[] = [
  ['missing-secret', 'FailedMount', 'MountVolume.SetUp failed for volume "tls" : secret "web-tls" not found'],
  ['missing-configmap', 'FailedMount', 'MountVolume.SetUp failed for volume "conf" : configmap "web-conf" not found'],
  [
    'missing-configmap-key',
    'FailedMount',
    'MountVolume.SetUp failed for volume "conf" : configmap references non-existent config key: app.yaml',
  ],
  [
    'missing-secret-key',
    'FailedMount',
    'MountVolume.SetUp failed for volume "tls" : references non-existent secret key: ca.pem',
  ],
  [
    'volume-mount-failing',
    'FailedMount',
    'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[data kube-api-access-x]: timed out waiting for the condition',
  ],
  [
    'volume-mount-failing',
    'FailedMount',
    'MountVolume.MountDevice failed for volume "pvc-1" : rpc error: code = Internal desc = mount failed: exit status 32 Output: mount: /var/lib/kubelet: wrong fs type, bad option, bad superblock on /dev/nvme1n1, missing codepage or helper program, or other error.',
  ],
  [
    'volume-mount-failing',
    'FailedMount',
    'MountVolume.MountDevice failed for volume "pvc-1" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name efs.csi.aws.com not found in the list of registered CSI drivers',
  ],
  [
    'volume-mount-failing',
    'FailedMount',
    'MountVolume.SetUp failed for volume "host" : hostPath type check failed: /opt/data is not a directory',
  ],
  [
    'volume-mount-failing',
    'FailedAttachVolume',
    'AttachVolume.Attach failed for volume "pvc-1" : rpc error: code = Internal desc = Could not attach volume "vol-0" to node "i-0": attachment of disk "vol-0" failed, expected device to be attached but was attaching',
  ],
  [
    'volume-multi-attach',
    'FailedAttachVolume',
    'Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can\'t be attached to another',
  ],
  [
    'cni-failing',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f": plugin type="calico" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized',
  ],
  [
    'cni-failing',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f": failed to find plugin "calico" in path [/opt/cni/bin]',
  ],
  [
    'cni-failing',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f": plugin type="flannel" failed (add): loadFlannelSubnetEnv failed: open /run/flannel/subnet.env: no such file or directory',
  ],
  [
    'node-pods-exhausted',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f": plugin type="host-local" failed (add): failed to allocate for range 0: no IP addresses available in range set: 10.42.1.1-10.42.1.254',
  ],
  [
    'node-pods-exhausted',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "9f": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
  ],
  [
    'missing-runtime-class',
    'FailedCreatePodSandBox',
    'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "kata" is configured',
  ],
]

it.each(events)('%s: %s %s', (code, reason, message) => {
  const view = viewOfOnePod({
    phase: 'Pending',
    status: waitingFor('ContainerCreating'),
    events: [[reason, message]],
  })
  expect(diagnose(view, { analyzers }).rootCauses[0]?.code).toBe(code)
})
