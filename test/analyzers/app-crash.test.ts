import { analyzer } from '../../src/analyzers/app-crash.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
