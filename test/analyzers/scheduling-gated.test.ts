import { analyzer } from '../../src/analyzers/scheduling-gated.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'placement')
