import { analyzer } from '../../src/analyzers/cpu-throttled.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
