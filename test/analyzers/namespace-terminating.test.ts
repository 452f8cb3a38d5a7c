import { analyzer } from '../../src/analyzers/namespace-terminating.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'disruption')
