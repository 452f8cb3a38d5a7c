import { analyzer } from '../../src/analyzers/scheduler-down.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'placement')
