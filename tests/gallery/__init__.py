"""Every message and view that the program can send, from fixed inputs: as golden files, and as pictures of them.

A change of wording or layout is a change of golden files, which a reviewer reads beside the code, and of pictures.

    python -m tests.gallery.update              writes the golden files anew
    python -m tests.gallery.render [FOLDER]     draws them (docs/images unless told otherwise)
"""
