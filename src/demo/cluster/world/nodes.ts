import { createHash } from 'node:crypto'
import type { Fields } from '../types.ts'

const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c']

/** A worker machine of four cores and 16 GiB; the zone follows from its number. */
export function node(number: number, created: string): Fields {
  const name = `worker-${number}`
  const zone = zones[(number - 1) % zones.length] ?? ''
  const id = createHash('sha256').update(name).digest('hex')
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'node.kubernetes.io/instance-type': 'm6i.xlarge',
        'topology.kubernetes.io/region': 'eu-west-1',
        'topology.kubernetes.io/zone': zone,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: {
      podCIDR: `10.244.${number - 1}.0/24`,
      podCIDRs: [`10.244.${number - 1}.0/24`],
      providerID: `aws:///${zone}/i-0${id.slice(0, 16)}`,
    },
    status: {
      addresses: [
        { type: 'InternalIP', address: `10.20.${number}.${10 + number}` },
        { type: 'Hostname', address: name },
      ],
      capacity: {
        cpu: '4',
        'ephemeral-storage': '83873772Ki',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        memory: '16073732Ki',
        pods: '58',
      },
      allocatable: {
        cpu: '3920m',
        'ephemeral-storage': '76224326324',
        'hugepages-1Gi': '0',
        'hugepages-2Mi': '0',
        memory: '15056900Ki',
        pods: '58',
      },
      conditions: [
        ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
        ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
        ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
        ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'],
      ].map(([type, status, reason, message]) => ({
        type,
        status,
        reason,
        message,
        lastHeartbeatTime: created,
        lastTransitionTime: created,
      })),
      daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64',
        bootID: uuid(id, 0),
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.12.40-63.114.amzn2023.x86_64',
        kubeProxyVersion: 'v1.36.2',
        kubeletVersion: 'v1.36.2',
        machineID: id.slice(0, 32),
        operatingSystem: 'linux',
        osImage: 'Amazon Linux 2023.8.20260803',
        systemUUID: uuid(id, 8),
      },
    },
  }
}

const uuid = (hash: string, from: number): string => {
  const text = hash.slice(from, from + 32)
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20, 32)].join('-')
}
