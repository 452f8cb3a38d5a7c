import { analyzer } from '../../src/analyzers/workflow.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'delivery')
