import { analyzer } from '../../src/analyzers/keda.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'keda')
