import { analyzer } from '../../src/analyzers/rollout-stuck.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'controllers')
