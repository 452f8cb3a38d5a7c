import { analyzer } from '../../src/analyzers/pod-stuck-terminating.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'disruption')
