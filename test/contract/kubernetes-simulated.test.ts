import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { startSimulatedCluster } from '../../src/demo/cluster/start.ts'
import { kubernetesContract } from './kubernetes.ts'

describe('the Kubernetes API, simulated', () =>
  kubernetesContract(async () => {
    const cluster = await startSimulatedCluster({ name: 'contract', controllers: true })
    const directory = mkdtempSync(join(tmpdir(), 'contract-'))
    const kubeconfig = join(directory, 'kubeconfig')
    writeFileSync(kubeconfig, cluster.kubeconfig('admin'), { mode: 0o600 })
    const stop = async () => {
      await cluster.close()
      rmSync(directory, { recursive: true, force: true })
    }
    return { kubeconfig, stop }
  }))
