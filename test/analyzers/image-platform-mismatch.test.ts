import { analyzer } from '../../src/analyzers/image-platform-mismatch.ts'
import { overCases } from './over-cases.ts'

overCases(analyzer, 'containers')
