import { analyzer } from '../../src/analyzers/lifecycle-hook.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
