import { analyzer } from '../../src/analyzers/missing-service.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'services')
