// The least that a Cloud Run function is: what its framework costs, and nothing else.
import { http } from '@google-cloud/functions-framework';

http('echo', (request, response) => void response.status(202).json(request.body));
