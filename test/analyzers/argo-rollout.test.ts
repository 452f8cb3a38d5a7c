import { analyzer } from '../../src/analyzers/argo-rollout.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'argo-rollouts')
