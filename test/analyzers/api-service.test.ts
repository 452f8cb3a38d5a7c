import { analyzer } from '../../src/analyzers/api-service.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'scaling')
