import { analyzer } from '../../src/analyzers/probes.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
