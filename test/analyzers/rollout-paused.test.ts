import { analyzer } from '../../src/analyzers/rollout-paused.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'controllers')
