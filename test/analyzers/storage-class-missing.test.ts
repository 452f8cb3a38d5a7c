import { analyzer } from '../../src/analyzers/storage-class-missing.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'storage')
