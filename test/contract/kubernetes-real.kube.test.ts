import { describe } from 'vitest'
import { assets, startControlPlane } from '../kube/control-plane.ts'
import { kubernetesContract } from './kubernetes.ts'

describe.runIf(assets !== undefined)('the Kubernetes API, real', () =>
  kubernetesContract(() => startControlPlane({ controllers: true })),
)
